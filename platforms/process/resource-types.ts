/** Type tokens of the resources that `provider/` serves and `platforms/process.ts` declares. */
export const resourceTypes = { process: 'cutover:index:Process', posture: 'cutover:index:Posture' } as const;
