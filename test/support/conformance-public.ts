import { files, type Fixture, type Fixtures, keys, withEnv } from "./conformance-fixtures.ts";

const E = (text: string): Fixture => withEnv(keys(text), { A: "1", E: "", B: "b b", N: "5", T: "true", P: "8080" });

/** Files in the manner of the large public projects: anchors and fragments, nested variables, every long form. */
export const publicProjects: Fixtures = {
  supabase: `name: supabase
x-common: &common
  restart: unless-stopped
  logging: &log
    driver: json-file
    options: { max-size: "10m", max-file: 3 }
services:
  studio:
    <<: *common
    container_name: supabase-studio
    image: supabase/studio:2025.06.30-sha-6f5982d
    healthcheck:
      test:
        [
          "CMD",
          "node",
          "-e",
          "fetch('http://studio:3000/api/platform/profile').then((r) => {if (r.status !== 200) throw new Error(r.status)})"
        ]
      timeout: 10s
      interval: 5s
      retries: 3
    depends_on:
      analytics:
        condition: service_healthy
    environment:
      STUDIO_PG_META_URL: http://meta:8080
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:-x}
      DEFAULT_ORGANIZATION_NAME: \${STUDIO_DEFAULT_ORGANIZATION}
      NEXT_PUBLIC_ENABLE_LOGS: true
      PORT: 3000
  kong:
    image: kong:2.8.1
    ports:
      - \${KONG_HTTP_PORT:-8000}:8000/tcp
      - \${KONG_HTTPS_PORT:-8443}:8443/tcp
    volumes:
      - ./volumes/api/kong.yml:/home/kong/temp.yml:ro,z
    entrypoint: bash -c 'eval "echo \\"$$(cat ~/temp.yml)\\"" > ~/kong.yml && /docker-entrypoint.sh kong docker-start'
  analytics:
    image: supabase/logflare:1.14.2
    ports: [4000:4000]
    healthcheck: { test: ["CMD","curl","http://localhost:4000/health"], timeout: 5s, interval: 5s, retries: 10 }
    environment:
      LOGFLARE_FEATURE_FLAG_OVERRIDE: multibackend=true
  db:
    image: supabase/postgres:15.8.1.060
    command:
      [
        "postgres",
        "-c",
        "config_file=/etc/postgresql/postgresql.conf",
        "-c",
        "log_min_messages=fatal" # prevents
      ]
    volumes:
      - ./volumes/db/realtime.sql:/docker-entrypoint-initdb.d/migrations/99-realtime.sql:Z
      - db-config:/etc/postgresql-custom
  vector:
    image: timberio/vector:0.28.1-alpine
    command: [ "--config", "/etc/vector/vector.yml" ]
    security_opt: [ "label=disable" ]
    volumes: [ "\${DOCKER_SOCKET_LOCATION:-/var/run/docker.sock}:/var/run/docker.sock:ro,z" ]
volumes:
  db-config:
`,
  sentry: `x-restart-policy: &restart_policy
  restart: unless-stopped
x-pull-policy: &pull_policy
  pull_policy: never
x-depends_on-healthy: &depends_on-healthy
  condition: service_healthy
x-depends_on-default: &depends_on-default
  condition: service_started
x-healthcheck-defaults: &healthcheck_defaults
  interval: "$HEALTHCHECK_INTERVAL"
  timeout: "$HEALTHCHECK_TIMEOUT"
  retries: $HEALTHCHECK_RETRIES
  start_period: 10s
x-sentry-defaults: &sentry_defaults
  <<: [*restart_policy, *pull_policy]
  image: "$SENTRY_IMAGE"
  build:
    context: ./sentry
    args:
      - SENTRY_IMAGE
  depends_on:
    redis:
      <<: *depends_on-healthy
    kafka:
      <<: *depends_on-healthy
    smtp:
      <<: *depends_on-default
  entrypoint: "/etc/sentry/entrypoint.sh"
  command: ["run", "web"]
  environment:
    PYTHONUSERBASE: "/data/custom-packages"
    SENTRY_CONF: "/etc/sentry"
    COMPOSE_PROFILES:
    SENTRY_EVENT_RETENTION_DAYS:
  volumes:
    - "sentry-data:/data"
    - "./sentry:/etc/sentry"
services:
  smtp:
    <<: *restart_policy
    image: registry.gitlab.com/egos-tech/smtp
    hostname: "\${SENTRY_MAIL_HOST:-}"
    volumes: ["sentry-smtp:/var/spool/exim4"]
  redis:
    <<: *restart_policy
    image: "redis:6.2.14-alpine"
    healthcheck:
      <<: *healthcheck_defaults
      test: redis-cli ping | grep PONG
    ulimits:
      nofile:
        soft: 10032
        hard: 10032
  kafka:
    image: "confluentinc/cp-kafka:7.6.1"
    environment:
      KAFKA_LISTENERS: "PLAINTEXT://0.0.0.0:29092,CONTROLLER://kafka:29093"
      KAFKA_LOG_RETENTION_HOURS: "24"
      KAFKA_MESSAGE_MAX_BYTES: "50000000" #50MB
    ulimits: { nofile: { soft: 4096, hard: 4096 } }
    healthcheck:
      <<: *healthcheck_defaults
      test: ["CMD-SHELL", "nc -z localhost 9092"]
      interval: 10s
  web:
    <<: *sentry_defaults
    ulimits: { nofile: { soft: 4096, hard: 4096 } }
    profiles: [feature-complete]
    healthcheck:
      <<: *healthcheck_defaults
      test: ["CMD", "/bin/bash", "-c", 'exec 3<>/dev/tcp/127.0.0.1/9000 && echo -e "GET /_health/ HTTP/1.1\\r\\nhost: 127.0.0.1\\r\\n\\r\\n" >&3 && grep ok -s -m 1 <&3']
volumes: { sentry-data: { external: true }, sentry-smtp: }
`,
  airflow: `x-airflow-common:
  &airflow-common
  image: \${AIRFLOW_IMAGE_NAME:-apache/airflow:2.10.0}
  environment:
    &airflow-common-env
    AIRFLOW__CORE__EXECUTOR: CeleryExecutor
    AIRFLOW__CORE__FERNET_KEY: ''
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'true'
    _PIP_ADDITIONAL_REQUIREMENTS: \${_PIP_ADDITIONAL_REQUIREMENTS:-}
  volumes:
    - \${AIRFLOW_PROJ_DIR:-.}/dags:/opt/airflow/dags
  user: "\${AIRFLOW_UID:-50000}:0"
  depends_on:
    &airflow-common-depends-on
    redis:
      condition: service_healthy
    postgres:
      condition: service_healthy
services:
  postgres:
    image: postgres:13
    healthcheck: {test: ["CMD", "pg_isready", "-U", "airflow"], interval: 10s, retries: 5, start_period: 5s}
    restart: always
  redis:
    image: redis:7.2-bookworm
    expose:
      - 6379
    healthcheck: {test: ["CMD", "redis-cli", "ping"], interval: 10s, timeout: 30s, retries: 50, start_period: 30s}
  airflow-webserver:
    <<: *airflow-common
    command: webserver
    ports: ["8080:8080"]
    healthcheck:
      test: ["CMD", "curl", "--fail", "http://localhost:8080/health"]
    depends_on:
      <<: *airflow-common-depends-on
      airflow-init:
        condition: service_completed_successfully
  airflow-worker:
    <<: *airflow-common
    environment:
      <<: *airflow-common-env
      DUMB_INIT_SETSID: "0"
    healthcheck:
      test:
        - "CMD-SHELL"
        - 'celery --app x inspect ping -d "celery@$\${HOSTNAME}" || celery --app y inspect ping -d "celery@$\${HOSTNAME}"'
  airflow-init:
    <<: *airflow-common
    entrypoint: /bin/bash
    # yamllint disable rule:line-length
    command:
      - -c
      - |
        if [[ -z "\${AIRFLOW_UID}" ]]; then
          echo
          echo -e "\\033[1;33mWARNING!!!: AIRFLOW_UID not set!\\e[0m"
          export AIRFLOW_UID=$$(id -u)
        fi
        one_meg=1048576
        mem_available=$$(($$(getconf _PHYS_PAGES) * $$(getconf PAGE_SIZE) / one_meg))
        exec /entrypoint airflow version
    # yamllint enable rule:line-length
    environment:
      <<: *airflow-common-env
      _AIRFLOW_DB_MIGRATE: 'true'
    user: "0:0"
  airflow-cli:
    <<: *airflow-common
    profiles:
      - debug
    command:
      - bash
      - -c
      - airflow
  flower:
    <<: *airflow-common
    profiles: [flower]
    ports: ["5555:5555"]
`,
  elk: `services:
  setup:
    image: docker.elastic.co/elasticsearch/elasticsearch:\${STACK_VERSION}
    volumes: [certs:/usr/share/elasticsearch/config/certs]
    user: "0"
    command: >
      bash -c '
        if [ x\${ELASTIC_PASSWORD} == x ]; then
          echo "Set the ELASTIC_PASSWORD environment variable in the .env file";
          exit 1;
        fi;
        echo "Creating CA";
        bin/elasticsearch-certutil ca --silent --pem -out config/certs/ca.zip;
        until curl -s --cacert config/certs/ca/ca.crt https://es01:9200 | grep -q "missing authentication credentials"; do sleep 30; done;
        until curl -s -X POST -d "{\\"password\\":\\"\${KIBANA_PASSWORD}\\"}" https://es01:9200/_security | grep -q "^{}"; do sleep 10; done;
        echo "All done!";
      '
    healthcheck:
      test: ["CMD-SHELL", "[ -f config/certs/es01/es01.crt ]"]
      interval: 1s
      timeout: 5s
      retries: 120
  es01:
    depends_on: { setup: { condition: service_healthy } }
    image: docker.elastic.co/elasticsearch/elasticsearch:\${STACK_VERSION}
    labels:
      co.elastic.logs/module: elasticsearch
    ports: ["\${ES_PORT}:9200"]
    environment:
      - node.name=es01
      - cluster.initial_master_nodes=es01,es02
      - ELASTIC_PASSWORD=\${ELASTIC_PASSWORD}
      - xpack.security.http.ssl.key=certs/es01/es01.key
    mem_limit: \${ES_MEM_LIMIT}
    ulimits:
      memlock: { soft: -1, hard: -1 }
    healthcheck:
      test: ["CMD-SHELL", "curl -s --cacert config/certs/ca/ca.crt https://localhost:9200 | grep -q 'missing authentication credentials'"]
volumes: { certs: { driver: local } }
`,
  "elk env": withEnv(
    "services:\n  a:\n    image: i:${V}\n    mem_limit: ${M}\n    ports: ['${P}:9200']\n    ulimits: { memlock: { soft: -1, hard: '-1' } }\n",
    { V: "8", M: "1073741824", P: "9200" },
  ),
  traefik: `services:
  traefik:
    image: traefik:v3.1
    command:
      - "--providers.docker=true"
      - --entrypoints.web.address=:80
      - --certificatesresolvers.le.acme.email=\${MAIL:?mail needed}
    labels:
      - "traefik.http.routers.api.rule=Host(\`traefik.\${DOMAIN:-localhost}\`) && (PathPrefix(\`/api\`) || PathPrefix(\`/dashboard\`))"
      - traefik.http.middlewares.auth.basicauth.users=admin:$$apr1$$H6uskkkW$$IgXLP6ewTrSuBkTrqE8wj/
    ports:
      - target: 80
        published: 80
        mode: host
      - { target: 443, published: "443", protocol: tcp }
      - 443:443/udp
`,
  "traefik set": withEnv(
    "services:\n  t:\n    image: i\n    command: ['--m=${MAIL:?mail needed}']\n    labels: { 'traefik.rule': 'Host(`a.${D:-localhost}`)', a: 'x$$y' }\n    ports:\n      - { target: 80, published: 80, mode: host, name: web, app_protocol: http }\n",
    { MAIL: "a@b" },
  ),
  mastodon: `services:
  db:
    restart: always
    image: postgres:14-alpine
    shm_size: 256mb
    networks: [internal_network]
    healthcheck: { test: ['CMD', 'pg_isready', '-U', 'postgres'] }
    environment: ['POSTGRES_HOST_AUTH_METHOD=trust']
  web:
    build: .
    image: ghcr.io/mastodon/mastodon:v4.3.3
    env_file: [{ path: .env.production, required: false }]
    command: bundle exec puma -C config/puma.rb
    networks: [external_network, internal_network]
    healthcheck:
      # prettier-ignore
      test: ['CMD-SHELL',"curl -s --noproxy localhost localhost:3000/health | grep -q 'OK' || exit 1"]
    ports: ['127.0.0.1:3000:3000']
    depends_on: [db]
    volumes: ['./public/system:/mastodon/public/system']
networks:
  external_network:
  internal_network:
    internal: true
`,
  immich: withEnv(
    `name: immich
services:
  immich-server:
    container_name: immich_server
    image: ghcr.io/immich-app/immich-server:\${IMMICH_VERSION:-release}
    # extends:
    volumes:
      - \${UPLOAD_LOCATION}:/usr/src/app/upload
      - /etc/localtime:/etc/localtime:ro
    ports: ['2283:2283']
    depends_on: [redis]
    restart: always
    healthcheck: { disable: false }
  ml:
    image: m:1
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities:
                - gpu
    device_cgroup_rules: ['c 189:* rmw']
    devices: [/dev/bus/usb:/dev/bus/usb]
    shm_size: 128mb
  redis:
    image: docker.io/valkey/valkey:8-bookworm@sha256:fec42f399876eb6faf9e008570597741c87ff7662a54185593e74b09ce83d177
    healthcheck: { test: redis-cli ping || exit 1 }
volumes: { model-cache: }
`,
    { UPLOAD_LOCATION: "./library" },
  ),
  gitlab: `services:
  web:
    image: 'gitlab/gitlab-ce:latest'
    hostname: 'gitlab.example.com'
    environment:
      GITLAB_OMNIBUS_CONFIG: |
        # Add any
        external_url 'https://gitlab.example.com'
        gitlab_rails['gitlab_shell_ssh_port'] = 2424

        nginx['x'] = "a"
    ports: ['80:80', '443:443', '22:22']
    volumes: ['$GITLAB_HOME/config:/etc/gitlab']
    shm_size: '256m'
`,
  jitsi: withEnv(
    `services:
  web:
    image: jitsi/web:\${JITSI_IMAGE_VERSION:-stable-9823}
    restart: \${RESTART_POLICY:-unless-stopped}
    ports:
      - '\${HTTP_PORT}:80'
      - '\${HTTPS_PORT}:443'
    volumes:
      - \${CONFIG}/web:/config:Z
    labels:
      service: "jitsi-web"
    environment:
      - AMPLITUDE_ID
      - ANALYTICS_SCRIPT_URLS
      - XMPP_DOMAIN
    networks:
      meet.jitsi:
  prosody:
    image: jitsi/prosody:1
    expose:
      - '\${XMPP_PORT:-5222}'
      - '5269'
    networks:
      meet.jitsi:
        aliases:
          - \${XMPP_SERVER:-xmpp.meet.jitsi}
networks:
  meet.jitsi:
`,
    { HTTP_PORT: "8000", HTTPS_PORT: "8443", CONFIG: "~/.cfg", XMPP_DOMAIN: "meet" },
  ),
  plausible: `services:
  plausible_db:
    image: postgres:16-alpine
  plausible_events_db:
    image: clickhouse/clickhouse-server:24.3.3.102-alpine
    volumes:
      - event-data:/var/lib/clickhouse
      - ./clickhouse/logs.xml:/etc/clickhouse-server/config.d/logs.xml:ro
    ulimits:
      nofile:
        soft: 262144
        hard: 262144
  plausible:
    image: ghcr.io/plausible/community-edition:v2.1.4
    command: sh -c "/entrypoint.sh db createdb && /entrypoint.sh db migrate && /entrypoint.sh run"
    depends_on:
      plausible_db: { condition: service_healthy, restart: true }
      plausible_events_db: { condition: service_healthy }
    environment:
      - TMPDIR=/var/lib/plausible/tmp
      - BASE_URL=\${BASE_URL}
      - HTTP_PORT
volumes:
  event-data:
    driver: local
`,
  keycloak: `services:
  kc:
    image: quay.io/keycloak/keycloak:25.0
    command: ["start-dev", "--import-realm"]
    secrets: [db_pw, {source: tok, target: /run/x, uid: "103", gid: '103', mode: 0440}]
    configs:
      - source: realm
        target: /opt/keycloak/data/import/realm.json
        mode: 0444
      - http
    extra_hosts: ["host.docker.internal:host-gateway", "v6=[2001:db8::1]", "v6b:2001:db8::2"]
    sysctls: { net.core.somaxconn: 1024, net.ipv4.tcp_syncookies: 0 }
    dns: 8.8.8.8
    tmpfs: [/run, "/tmp:mode=755,size=64m"]
    stop_grace_period: 1m30s
    init: true
    ipc: host
    pid: host
    cap_add: [ALL]
    cap_drop: [NET_ADMIN]
    security_opt: ["no-new-privileges:true", seccomp:unconfined]
    labels: {a: , b: 1, c: true, d: 1.50}
    annotations: [a=b, c]
    group_add: [mail, 1000]
    userns_mode: host
    cgroup: host
    platform: linux/amd64
    blkio_config:
      weight: 300
      weight_device: [{ path: /dev/sda, weight: 400 }]
      device_read_bps: [{ path: /dev/sdb, rate: '12mb' }]
      device_write_iops: [{ path: /dev/sdb, rate: 30 }]
    storage_opt: { size: 1G }
    credential_spec: { file: my.json }
secrets:
  db_pw: { environment: DB_PW }
  tok: { file: ./tok.txt }
configs:
  realm: { content: "a: \${X:-1}\\nb: $$y" }
  http: { file: ./h.conf }
`,
  networks: `services:
  a:
    image: i
    networks:
      front: { aliases: [x, y], ipv4_address: 172.16.238.10, ipv6_address: "2001:3984:3989::10", link_local_ips: [57.123.22.11], priority: 1000, mac_address: "02:42:ac:11:65:43", gw_priority: 1, driver_opts: { a: 1 }, interface_name: eth7 }
      back:
networks:
  front:
    driver: bridge
    driver_opts: { com.docker.network.bridge.host_binding_ipv4: "127.0.0.1", com.docker.network.enable_ipv6: "true" }
    enable_ipv6: true
    enable_ipv4: false
    ipam:
      driver: default
      config:
        - subnet: 172.16.238.0/24
          gateway: 172.16.238.1
          ip_range: 172.28.5.0/24
          aux_addresses: { host1: 172.28.1.5 }
        - subnet: "2001:3984:3989::/64"
      options: { foo: bar }
    labels: [com.example=1]
  back: { external: true, name: "my-$N" }
`,
  volumes: `services:
  a:
    image: i
    volumes:
      - type: volume
        source: mydata
        target: /data
        volume: { nocopy: true, subpath: sub, labels: { a: b } }
        read_only: true
        consistency: cached
      - type: bind
        source: ./static
        target: /opt/app/static
        bind: { propagation: rshared, create_host_path: true, selinux: z, recursive: enabled }
      - { type: tmpfs, target: /app, tmpfs: { size: 1000, mode: 1777 } }
      - { type: tmpfs, target: /app2, tmpfs: { size: "64m", mode: 0o700 } }
      - { type: image, source: alpine, target: /img, image: { subpath: x } }
      - { type: npipe, source: 'a', target: /p }
      - { type: cluster, source: c, target: /c }
      - ~/x:/x:rw,delegated
      - ./a:/a:ro,cached
      - mydata:/n:nocopy
      - /anon
      - ./rel/../b/:/b/
volumes:
  mydata: { driver: local, driver_opts: { type: nfs, o: "addr=10.40.0.199,nolock,soft,rw", device: ":/docker/example" } }
`,
  build: `services:
  a:
    build:
      context: ./dir
      dockerfile: ../D
      target: prod
      args: { A: 1, B: , C: true }
      ssh: [default]
      cache_from: ["alpine:latest", "type=local,src=path/to/cache"]
      cache_to: ["type=inline"]
      additional_contexts: { res: /path, app: docker-image://a, svc: "service:b", repo: https://github.com/x/y.git }
      extra_hosts: ["a=1.2.3.4"]
      isolation: default
      privileged: true
      labels: ["x=y"]
      no_cache: true
      pull: true
      network: host
      shm_size: 128m
      secrets: [s, { source: s, target: t }]
      tags: ["a:1"]
      ulimits: { nproc: 65535 }
      platforms: ["linux/amd64", "linux/arm64"]
      entitlements: [network.host]
      provenance: true
      sbom: mode=max
  b: { build: https://github.com/x/y.git#main:dir }
  c: { build: { dockerfile_inline: "FROM a\\nRUN b" } }
secrets: { s: { file: ./x } }
`,
  "develop etc": `services:
  a:
    image: i
    build: .
    develop:
      watch:
        - { action: sync, path: ./web, target: /src/web, ignore: [node_modules/] }
        - { action: rebuild, path: package.json }
        - { action: sync+restart, path: ./p, target: /q, include: ["*.ts"], initial_sync: true }
        - { action: sync+exec, path: ./p, target: /q, exec: { command: x, user: root } }
    gpus: [{ driver: nvidia, count: 2, capabilities: [gpu], options: { a: b } }]
    links: [b, "b:c"]
    external_links: [r]
    volumes_from: [b:ro]
    post_start: [{ command: ./x, user: root, privileged: true, working_dir: /a, environment: [A=1] }]
    pre_stop: [{ command: [a, b] }]
    deploy:
      mode: replicated
      replicas: 6
      endpoint_mode: vip
      labels: { a: b }
      placement: { constraints: [disktype=ssd], preferences: [{ spread: datacenter }], max_replicas_per_node: 2 }
      resources: { limits: { cpus: '0.50', memory: 50M, pids: 1 }, reservations: { cpus: 0.25, memory: 20M, generic_resources: [{ discrete_resource_spec: { kind: g, value: 2 } }] } }
      restart_policy: { condition: on-failure, delay: 5s, max_attempts: 3, window: 120s }
      rollback_config: { parallelism: 2, delay: 10s, failure_action: pause, monitor: 5s, max_failure_ratio: 0.3, order: stop-first }
      update_config: { parallelism: 2, delay: 10s, order: start-first }
  b: { image: j }
`,
  "all nested ${}": E(
    'user: "${A:-${B:?x}}"\nhostname: ${E:-${X:-${Y-z}}}\nworking_dir: ${A:+${B}}\ncommand: ["${E:+a}", "${E+a}", "$${A}", "$$A", "$A$B", "${A}${E}", "a$", "$ a", "${X:-a:b}", "${X-}", "${X:-$$A}", "${X:-\\"q\\"}", "${X:-{\\"a\\":1}}"]',
  ),
  "required nested": E('user: "${X:-${Y:?no y}}"'),
  required: E('user: "${X:?no $A x}"'),
  "ports num": E(
    'ports: [80, "${P}:${A}", "${P}-8081:1-2", "127.0.0.1:${P}:80/udp", "0.0.0.0:1:1", "::1:2:2", "[::]:3:3/sctp", 4:4/TCP, "1000-1002:80", "5/udp"]',
  ),
  sexagesimal: E("ports:\n  - 22:22\n  - 56:56\n  - 8080:80\n  - 1:1"),
  durations: E(
    "stop_grace_period: 1m30s\nhealthcheck: {test: a, interval: 1.5m, timeout: 90s, start_period: 0s, start_interval: 1h1m1.1s, retries: '${N}'}",
  ),
  bools: E("tty: ${T}\nprivileged: \"yes\"\nread_only: y\ninit: on\nstdin_open: 'off'\nattach: 'TRUE'"),
  bools2: E("tty: t"),
  bools3: E("tty: '1'"),
  bools4: E("tty: 1"),
  bools5: E("init: ${E}"),
  credential: E("credential_spec: {registry: x}"),
  credential2: E("credential_spec: {config: x}"),
  runtime: E(
    "runtime: nvidia\nisolation: x\nmac_address: 02:42:ac:11:65:43\noom_kill_disable: true\noom_score_adj: -500\nmem_swappiness: 60\nmem_reservation: 1.5g\ncpu_count: 2\ncpu_percent: 50.5\ncpu_period: 100ms\ncpu_quota: '50ms'\ncpu_rt_runtime: 400ms\ncpu_rt_period: '1400us'\ncpuset: 0,1\ncpus: .5",
  ),
  logging: E("logging: {driver: syslog, options: {syslog-address: 'tcp://192.168.0.42:123', a: 1, b: true}}"),
  "env file long": files({
    "compose.yaml": keys(
      "env_file:\n  - path: a.env\n    format: raw\n  - b.env\n  - { path: c.env, required: false }\nenvironment:\n  X: ${A}\n  Q:\n  Z: z",
    ),
    "a.env": "A='q'\nB=$X\nQ=1\n",
    "b.env": "export C=\"a $A b\"\nD='$A'\nE=x # c\nZ=no\nF=${G:-${A}}\n",
    ".env": "A=top\n",
  }),
  "include override": files({
    "compose.yaml":
      "include:\n  - path: [sub/a.yaml, sub/b.yaml]\n    env_file: [x.env]\n  - other/c.yaml\nservices:\n  web: { image: w, depends_on: [db, cache] }\n  cache: { environment: { Z: 1 } }\n",
    "sub/a.yaml": "services:\n  db: { image: 'pg:${V}', volumes: ['./d:/d'], environment: { A: 1 } }\n",
    "sub/b.yaml": "services:\n  db: { ports: ['1:1'], environment: [B=2], volumes: ['./e:/d'] }\n",
    "x.env": "V=1\n",
    "other/c.yaml": "services: { cache: { image: r, environment: [Q=1] } }\nnetworks: { z: }\n",
  }),
  "extends files": files({
    "compose.yaml":
      "services:\n  web:\n    extends: { file: common/c.yaml, service: app }\n    environment: { DEBUG: '1' }\n    depends_on: [redis]\n  redis: { image: r }\n",
    "common/c.yaml":
      "x-b: &b { restart: always, labels: [a=1] }\nservices:\n  base: { <<: *b, image: i, env_file: ../e.env, build: { context: ., args: [Q] } }\n  app:\n    extends: base\n    labels: { a: 2, b: 3 }\n    volumes: [./data:/data]\n    command: [x]\n",
    "e.env": "K=v\n",
  }),
};
