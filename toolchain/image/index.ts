export { buildImage } from './build-image';
export { type BuiltImage, readImage } from './built-image';
export { withoutTimeout } from './daemon-stream';
export { loadImage } from './load-image';
export { pushImage } from './push-image';
export { findLogin } from './registry-login';
export { readRepository } from './repository';
export { unpackLayers } from './unpack';
