import { inject } from 'vitest';

// Everything that a test starts finds the daemon, and the plugin for it, as a user's environment would have them.
const { host, pluginFolder } = inject('docker');
if (host) process.env.DOCKER_HOST = host;
if (pluginFolder) process.env.PATH = `${pluginFolder}:${process.env.PATH}`;
