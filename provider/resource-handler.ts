import type { CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult } from '@pulumi/pulumi/provider';

/** What a resource type must be able to do. Inputs and properties are plain JSON as the engine hands it over. */
export interface ResourceHandler {
  check(olds: Record<string, unknown>, news: Record<string, unknown>): Promise<CheckResult>;
  diff(properties: Record<string, unknown>, news: Record<string, unknown>): Promise<DiffResult>;
  create(inputs: Record<string, unknown>): Promise<CreateResult>;
  read(id: string, properties: Record<string, unknown>): Promise<ReadResult>;
  update(inputs: Record<string, unknown>): Promise<UpdateResult>;
  delete(properties: Record<string, unknown>): Promise<void>;
}
