/** Every workload of the process platform listens on loopback only. */
export const processHost = '127.0.0.1';
