/** Names in lower case, and what came under each. */
export type RpcHeaders = ReadonlyMap<string, readonly unknown[]>;

/** Of grpc-js. */
interface GrpcMetadata {
  getMap(): object;
  get(name: string): readonly unknown[];
}

/** Of NATS. */
interface NatsHeaders {
  keys(): Iterable<string>;
  values(name: string): readonly unknown[];
}

/** What Nest hands a handler beside the message; no sender has a part in what methods it has. */
interface MessageContext {
  /** NATS. */
  getHeaders?(): NatsHeaders | undefined;
  /** Kafka, whose message has headers itself, and RabbitMQ. */
  getMessage?(): PlainMessage;
}

interface PlainMessage {
  readonly headers?: object;
  readonly properties?: { readonly headers?: object };
}

/** Whether it is what grpc-js calls metadata. */
export function isGrpcMetadata(context: object): context is GrpcMetadata {
  const metadata = context as Partial<GrpcMetadata>;
  return typeof metadata.get === 'function' && typeof metadata.getMap === 'function';
}

/** The headers of a message, or `undefined` where its transport has none. */
export function rpcHeaders(context: object): RpcHeaders | undefined {
  if (isGrpcMetadata(context)) return listed(Object.keys(context.getMap()), (name) => context.get(name));
  const message = context as MessageContext;
  if (typeof message.getHeaders === 'function') return natsHeaders(message.getHeaders());
  if (typeof message.getMessage === 'function') return plainHeaders(message.getMessage());
  return undefined;
}

function natsHeaders(headers: NatsHeaders | undefined): RpcHeaders {
  if (headers === undefined) return new Map();
  return listed([...headers.keys()], (name) => headers.values(name));
}

function plainHeaders({ headers, properties }: PlainMessage): RpcHeaders {
  const values = (properties?.headers ?? headers ?? {}) as Readonly<Record<string, unknown>>;
  return listed(Object.keys(values), (name) => [values[name]].flat());
}

/** Two spellings of a name are one, of which both values count. */
function listed(names: readonly string[], valuesOf: (name: string) => readonly unknown[]): RpcHeaders {
  const headers = new Map<string, unknown[]>();
  for (const name of names) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), ...valuesOf(name).map(asText)]);
  }
  return headers;
}

/** Kafka hands bytes over. */
function asText(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
}
