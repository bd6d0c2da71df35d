import type { Check } from './check';

/**
 * A tag is moved by whoever may push. The posture names code by digest, and so must what is started, or another image may
 * be pulled after the decision.
 */
export const pinImages: Check = {
  name: 'pin-images',
  description: 'Images are named by digest, and processes by the digest of their code.',
  find: ({ units }) =>
    units
      .filter(({ platform, image }) => !(platform === 'kubernetes' ? byDigest : byDigestOrId).test(image))
      .map(
        ({ platform, name, image }) =>
          `${name} runs ${image || 'nothing that is named'}: expected ${expected[platform]}, so that what was decided on is what starts`,
      ),
};

const digest = 'sha256:[0-9a-f]{64}$';
const byDigest = new RegExp(`^[^@\\s]+@${digest}`);
/** A daemon knows the images that it has by their id. */
const byDigestOrId = new RegExp(`^(?:[^@\\s]+@)?${digest}`);

const expected = {
  process: 'the digest of its code',
  docker: 'name@sha256:..., or the id of an image',
  kubernetes: 'name@sha256:...',
} as const;
