# The images of both programs: `docker build --target coordinator .` and `docker build --target agent .`.
# BASE is a Debian or a like with Node 20.19 or later and npm.
ARG BASE=docker.io/library/node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY . .
# What runs in the end: compiled code, and the dependencies of the program alone.
RUN set -eu; \
    npm run build; \
    for program in coordinator agent; do \
      npm ci --omit=dev --ignore-scripts --no-fund --no-audit --workspace "@ollama-coordinator/$program"; \
      node scripts/pack-image.mjs "$program" "/out/$program"; \
    done; \
    rm -rf /src

FROM ${BASE} AS runtime
ENV NODE_ENV=production
WORKDIR /app
RUN mkdir data && chown 10001:10001 data
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001

FROM runtime AS agent
COPY --from=build /out/agent ./
ENV AGENT_DATA_DIR=/app/data AGENT_HOST=0.0.0.0 AGENT_OLLAMA_SETUP=off
EXPOSE 11435
VOLUME /app/data
ENTRYPOINT ["node", "agent/core/bin/ollama-agent.js"]
CMD ["run"]

FROM runtime AS coordinator
COPY --from=build /out/coordinator ./
# Balancers of one's own are found in data/node_modules, and find what they import in node_modules above.
ENV COORDINATOR_DATA_DIR=/app/data COORDINATOR_HOST=0.0.0.0
EXPOSE 8080
VOLUME /app/data
ENTRYPOINT ["node", "coordinator/bin/ollama-coordinator.js"]
CMD ["serve"]
