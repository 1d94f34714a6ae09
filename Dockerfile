# Two stages: build with npm, run without it. The image holds Node and dist, in which the packages are bundled with their
# licences and a bill of materials, nothing else: no shell, no npm, no node_modules, nothing writable. Run it with a
# read-only root file system.
#
# A registry of your own, or a digest: docker build --build-arg RUNTIME_IMAGE=…@sha256:… .
ARG BUILD_IMAGE=node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# --ignore-scripts: no package runs code at install; the pinned `node` devDependency is not needed in an image of Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src ./src
COPY scripts ./scripts
# The library is for applications, and no part of the command.
RUN node scripts/build.ts --program && node scripts/write-sbom.ts

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="cogate" \
      org.opencontainers.image.description="Reverse proxy, Kubernetes sidecar and Fastify plugin that verifies Amazon Cognito access tokens in front of services without login." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/dist /app/dist
# Behind COPY: some builders give a folder that WORKDIR makes to the user of the base, who could then write to it.
WORKDIR /app
USER 65532:65532
# 8181 traffic; 9464 /livez, /readyz, /metrics.
EXPOSE 8181 9464
# Kubernetes does not look at it: there the probes ask over HTTP.
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s CMD ["/nodejs/bin/node", "/app/dist/main.js", "health"]
# Without the flag V8 lets the memory of requests that are over pile up to 128 MiB before it looks for it (docs/operations.md).
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/dist/main.js"]
CMD ["start"]
