# The images of Verbatim's processes: docker build --target ingress . (or transcriber, media). Sizes: docs/kubernetes.md.

# Node's long-term support release, on Debian's slim image.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY . .
# The CPU libraries are in onnxruntime-node's package; its install script would look for others.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
RUN npm run generate \
    && npx tsc -b services/ingress services/transcriber services/media services/console \
    && npx vite build services/console --logLevel warn
# Kept out of the images: sources, tests and what the compiler writes for itself.
RUN rm -rf node_modules services/standalone services/cli \
    && find services \( -name src -o -name testing \) -prune -exec rm -rf {} + \
    && find services \( -name '*.tsbuildinfo' -o -name 'tsconfig*.json' -o -name '*.d.ts' -o -name '*.map' -o -name '*.test.js' \) -delete

# A quarter of what npm's packages bring is for editors and debuggers.
RUN printf '%s\n' '#!/bin/sh' \
    'find node_modules -type f \( -name "*.map" -o -name "*.d.?ts" -o -name "*.d.ts" -o -name "*.md" \) -delete' \
    >/usr/local/bin/trim-packages && chmod +x /usr/local/bin/trim-packages

# What each process needs of npm's packages, and their list (an SBOM in SPDX).
FROM build AS ingress-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund -w services/ingress \
    && npm sbom --package-lock-only --omit=dev --sbom-format=spdx -w services/ingress >sbom.spdx.json \
    && trim-packages \
    # A door knows the catalogue of models and runs none.
    && rm -rf node_modules/onnxruntime-node/bin node_modules/@jjhbw services/transcriber services/media

FROM build AS transcriber-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund -w services/transcriber \
    && npm sbom --package-lock-only --omit=dev --sbom-format=spdx -w services/transcriber >sbom.spdx.json \
    && trim-packages \
    # Libraries for other systems and processors, 220 MB of them.
    && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -name linux -exec rm -rf {} + \
    && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -name "$(node -p process.arch)" -exec rm -rf {} + \
    && rm -rf services/ingress services/media services/console services/client
# Models to put into the image, such as "moonshine-tiny whisper-base", compared with their checksums; without them, a
# transcriber fetches its model when it starts.
ARG MODEL=""
ENV VERBATIM_CACHE_DIR=/var/cache/verbatim
RUN mkdir -p "$VERBATIM_CACHE_DIR" \
    && for model in $MODEL; do STT_MODEL="$model" node services/transcriber/dist/pull-model.js || exit 1; done

FROM build AS media-files
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund -w services/media \
    && npm sbom --package-lock-only --omit=dev --sbom-format=spdx -w services/media >sbom.spdx.json \
    && trim-packages \
    && rm -rf services/ingress services/transcriber services/console services/client

FROM ${NODE_IMAGE} AS process
# tini hands signals on and collects orphans, as the first process of a container must.
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \
    # Nothing is installed in a running container.
    && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn*
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0
ENTRYPOINT ["/usr/bin/tini", "--"]
ARG VERSION=0.1.0
ARG REVISION=""
LABEL org.opencontainers.image.vendor="Verbatim" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    dev.verbatim.sbom="/app/sbom.spdx.json"

FROM process AS transcriber
LABEL org.opencontainers.image.title="verbatim-transcriber" \
    org.opencontainers.image.description="Claims sessions, recognises their speech and commits the text"
ENV VERBATIM_CACHE_DIR=/var/cache/verbatim
COPY --from=transcriber-files /app .
# A volume that is mounted here for the first time takes over this owner, and the model if there is one.
COPY --from=transcriber-files --chown=1000:1000 /var/cache/verbatim /var/cache/verbatim
# "node", as a number so that Kubernetes can see that it is not root.
USER 1000
EXPOSE 9090
# The first start fetches the model; mount /var/cache/verbatim, or each container fetches it again.
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || 9090}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/transcriber/dist/main.js"]

FROM process AS ingress
LABEL org.opencontainers.image.title="verbatim-ingress" \
    org.opencontainers.image.description="The doors: gRPC, WebSocket, REST and the web page"
COPY --from=ingress-files /app .
USER 1000
EXPOSE 8000 50051 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8000}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/ingress/dist/main.js"]

# The only image with ffmpeg. Files lie in /dev/shm while they are decoded: give it room (docker run --shm-size).
FROM process AS media
LABEL org.opencontainers.image.title="verbatim-media" \
    org.opencontainers.image.description="Decodes uploaded files with ffmpeg and feeds them into sessions"
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/* \
    # What only screens need, 190 MB of it; ffmpeg shows that it does without.
    && rm -rf /usr/lib/*/dri /usr/lib/*/libLLVM* /usr/lib/*/libz3.so* /usr/lib/*/mfx /usr/lib/*/libmfxhw64* \
    && ffmpeg -v error -f lavfi -i anullsrc -t 1 -f null -
COPY --from=media-files /app .
USER 1000
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8001}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/media/dist/main.js"]
