import { main } from '@pulumi/pulumi/provider';
import { createProvider } from './provider';

// The engine starts this as a plugin and gives its own address as the only argument.
main(createProvider(), process.argv.slice(2));
