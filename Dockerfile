# The images of Verbatim's processes: docker build --target ingress (or transcriber, media).

FROM node:20-slim AS build
WORKDIR /app
COPY . .
# The CPU libraries are in onnxruntime-node's package; its install script would look for others.
ENV ONNXRUNTIME_NODE_INSTALL=skip
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN npm run generate && npx tsc -b services/ingress services/transcriber services/media services/cli services/console \
    && npx vite build services/console --logLevel warn
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
    # Libraries for other systems and processors, 220 MB of them.
    && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -name linux -exec rm -rf {} + \
    && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -name "$(node -p process.arch)" -exec rm -rf {} +
# A model to put into the image, such as moonshine-tiny; without one, a transcriber fetches its model at its first start.
ARG MODEL=""
ENV VERBATIM_CACHE_DIR=/var/cache/verbatim
RUN mkdir -p "$VERBATIM_CACHE_DIR" && if [ -n "$MODEL" ]; then node services/cli/dist/main.js models pull "$MODEL"; fi

FROM node:20-slim AS process
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 VERBATIM_CACHE_DIR=/var/cache/verbatim
COPY --from=build /app .
# A volume that is mounted here for the first time takes over this owner, and the model if there is one.
COPY --from=build --chown=1000:1000 /var/cache/verbatim /var/cache/verbatim
# "node", as a number so that Kubernetes can see that it is not root.
USER 1000

FROM process AS transcriber
EXPOSE 9090
VOLUME /var/cache/verbatim
# The first start fetches the model.
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || 9090}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/transcriber/dist/main.js"]

FROM process AS ingress
EXPOSE 8000 50051 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8000}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/ingress/dist/main.js"]

# The only image with ffmpeg. Files lie in /dev/shm while they are decoded: give it room (docker run --shm-size).
FROM process AS media
USER 0
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
USER 1000
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8001}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/media/dist/main.js"]
