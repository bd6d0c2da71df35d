/** What getting an engine has to go by. */
export interface Work {
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  onProgress(message: string): void;
}
