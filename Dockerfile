# Two stages: build with npm, run without it. The image holds Node and dist, in which the packages are bundled with their
# licences, nothing else: no shell, no npm, no node_modules, nothing writable. Run it with a read-only root file system.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# --ignore-scripts: no package runs code at install; the pinned `node` devDependency is not needed in an image of Node.
RUN npm ci --ignore-scripts
COPY src ./src
COPY scripts ./scripts
RUN node scripts/build.ts

FROM gcr.io/distroless/nodejs24-debian12:nonroot
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/dist ./dist
USER 65532:65532
# 8181 traffic; 9464 /livez, /readyz, /metrics.
EXPOSE 8181 9464
# Without the flag V8 lets the memory of requests that are over pile up to 128 MiB before it looks for it (docs/operations.md).
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/dist/main.js"]
CMD ["start"]
