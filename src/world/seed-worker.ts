import { serveSeeds } from "./seed-service.ts";

serveSeeds();
