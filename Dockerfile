# The image of the shipped workloads for those who have BuildKit and a registry to take the base image from. The files
# are those of `cutover image build`, which needs neither: both ask the same code for them.
#
#   docker build --target archive --output images .   writes <id>.tar for `docker load`, with <id>.cdx.json, what is in it
#   docker build -t cutover .                         makes an image of the same files
#
# Prefer the first: an image that a Dockerfile makes always carries a PATH in its environment.

ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund
ENV CUTOVER_CACHE=/cache
RUN node bin/cutover.js image build && node bin/cutover.js image unpack /layers

FROM scratch AS archive
COPY --from=build /cache/images/*.tar /cache/images/*.json /

FROM scratch AS image
COPY --from=build /layers/runtime/ /
COPY --from=build /layers/modules/ /
COPY --from=build /layers/code/ /
WORKDIR /cutover
USER 10001:10001
