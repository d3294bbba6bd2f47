/** The few calls the server makes on a logger; pino fits. Messages are constant, facts go in fields. */
export interface ServerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
