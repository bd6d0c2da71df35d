// `@pulumi/policy` with what it needs of `@pulumi/pulumi`, and not with all of it: a pack starts in half the time. Both
// packs share the one file that toolchain/build.mts makes of this.
export { PolicyPack } from '@pulumi/policy';
