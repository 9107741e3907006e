import type { Publication } from "./publications.ts";

/** A database that an app publishes, and which port `allowPublic` has to name for it. */
export interface PublishedDatabase {
  readonly what: string;
  readonly at: number;
}

/**
 * All that a port may lead to. A database is known by its port, in the container or outside. `allowPublic` names that of it outside: of a range
 * its own, else that which is published first; where none is known, that in the container.
 */
export function databasesAt({ published, target, protocol }: Publication): readonly PublishedDatabase[] {
  if (protocol !== "tcp") return [];
  const inside = databases[target];
  if (published.kind !== "fixed") return inside === undefined ? [] : [{ what: inside, at: target }];
  const { from, to } = published;
  const outside = Object.entries(databases)
    .map(([port, what = ""]) => ({ what, at: Number(port) }))
    .filter(({ at }) => at >= from && at <= to);
  return outside.length > 0 || inside === undefined ? outside : [{ what: inside, at: from }];
}

const databases: Readonly<Record<number, string | undefined>> = {
  1433: "SQL Server",
  1521: "Oracle",
  2375: "Docker's API",
  2376: "Docker's API",
  2379: "etcd",
  3306: "MySQL",
  5432: "PostgreSQL",
  5984: "CouchDB",
  6379: "Redis",
  7687: "Neo4j",
  8086: "InfluxDB",
  9042: "Cassandra",
  9200: "Elasticsearch",
  11211: "memcached",
  26257: "CockroachDB",
  27017: "MongoDB",
};
