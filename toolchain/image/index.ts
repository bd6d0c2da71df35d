export { buildImage, planImage } from './build-image';
export { type BuiltImage, readImage } from './built-image';
export { loadImage } from './load-image';
