// What is used of the client library, and no more: the rest of it is six times as large as all of ours. Loaded only where
// a cluster is asked, since that takes most of a second: `await import('./library.js')`.
export { Exec, KubeConfig } from '@kubernetes/client-node';
