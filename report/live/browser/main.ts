// The live page's whole script, bundled into one text (toolchain/bundle-page.mts) and named by its digest in the page's policy.
import { follow } from './follow';
import { offerHalt } from './halt';

offerHalt();
follow();
