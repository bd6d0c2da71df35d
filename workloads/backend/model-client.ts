import { z } from 'zod';
import { messageOf } from '../../errors';
import { ServiceError } from '../service';
import { askJson } from './http-json';

const healthMs = 1_000;
const predictMs = 2_000;

const predictionShape = z.object({ confidence: z.number().min(0).max(1), model_version: z.string() });
const healthShape = z.object({ ok: z.boolean(), model_version: z.string() });
const refusalShape = z.looseObject({ code: z.string(), message: z.string() });

export type Prediction = z.infer<typeof predictionShape>;

/** The model service as the backend sees it. */
export class ModelClient {
  constructor(private readonly url: string) {}

  /** Whether the service answers, and with which model. Never throws. */
  async health(): Promise<{ ok: boolean; modelVersion: string | null }> {
    try {
      const { ok, model_version } = healthShape.parse((await askJson(`${this.url}/health`, healthMs)).body);
      return { ok, modelVersion: model_version };
    } catch {
      return { ok: false, modelVersion: null };
    }
  }

  /**
   * The model's confidence for features.
   * @throws ServiceError 400 as the service says it (`invalid_features`), or 503 `model_unavailable`
   */
  async predict(features: unknown): Promise<Prediction> {
    const answer = await askJson(`${this.url}/predict`, predictMs, { method: 'POST', body: { features } }).catch(
      (error: unknown) => {
        throw new ServiceError(503, 'model_unavailable', messageOf(error));
      },
    );
    const refusal = answer.status === 400 ? refusalShape.safeParse(answer.body) : undefined;
    if (refusal?.success) {
      const { code, message, ...extra } = refusal.data;
      throw new ServiceError(400, code, message, extra);
    }
    const prediction = predictionShape.safeParse(answer.body);
    if (answer.status !== 200 || !prediction.success)
      throw new ServiceError(503, 'model_unavailable', `the model service's answer ${answer.status} is no prediction`);
    return prediction.data;
  }
}
