import type { Publication } from "./publications.ts";

/** A database that an app publishes, and which port `allowPublic` has to name for it. */
export interface PublishedDatabase {
  readonly what: string;
  readonly at: number;
}

/**
 * All that a port may lead to. A database is known by its port in the container; where that says nothing, by the one outside, whatever listens
 * behind it. `allowPublic` names the port outside: of a range the database's own, else the first; where none is known, that in the container.
 */
export function databasesAt({ published, target, protocol }: Publication): readonly PublishedDatabase[] {
  const known = databases[protocol];
  const inside = known[target];
  if (published.kind !== "fixed") return inside === undefined ? [] : [{ what: inside, at: target }];
  const { from, to } = published;
  const isWithin = (port: number): boolean => port >= from && port <= to;
  if (inside !== undefined) return [{ what: inside, at: isWithin(target) ? target : from }];
  return Object.entries(known)
    .map(([port, what = ""]) => ({ what, at: Number(port) }))
    .filter(({ at }) => isWithin(at));
}

/**
 * Databases, and what rules a whole host or cluster, at the ports that they have by default. A port that other servers are as well known for is not
 * among them, as 8123 and 9000 are not, which ClickHouse has; nor is what is there for the world, as mail.
 */
const databases: Readonly<Record<Publication["protocol"], Readonly<Record<number, string | undefined>>>> = {
  tcp: {
    1433: "SQL Server",
    1521: "Oracle",
    2181: "ZooKeeper",
    2375: "Docker's API",
    2376: "Docker's API",
    2377: "Docker Swarm",
    2379: "etcd",
    2380: "etcd",
    2483: "Oracle",
    2484: "Oracle",
    3050: "Firebird",
    3306: "MySQL",
    5432: "PostgreSQL",
    5984: "CouchDB",
    6333: "Qdrant",
    6334: "Qdrant",
    6379: "Redis",
    6432: "PgBouncer",
    7199: "Cassandra",
    7474: "Neo4j",
    7687: "Neo4j",
    8086: "InfluxDB",
    8500: "Consul",
    8529: "ArangoDB",
    9042: "Cassandra",
    9092: "Kafka",
    9160: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "memcached",
    19530: "Milvus",
    26257: "CockroachDB",
    26379: "Redis Sentinel",
    27017: "MongoDB",
    27018: "MongoDB",
    27019: "MongoDB",
    28015: "RethinkDB",
    33060: "MySQL",
  },
  udp: {
    1434: "SQL Server",
    11211: "memcached",
  },
};
