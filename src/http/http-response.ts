/** What handlers use of a response of Express or Fastify. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
}
