import { workerData } from "node:worker_threads";
import { plant } from "./planting.ts";
import { plantedBugs } from "./planted-bugs.ts";

// A thread whose product carries one bug: planted first, then everything is loaded.
const name = workerData as string;
const bug = plantedBugs.find((each) => each.name === name);
if (bug === undefined) throw new Error(`There is no planted bug "${name}".`);
const checkPlanted = plant(bug);
const { serveSeeds } = await import("../seed-service.ts");
checkPlanted();
serveSeeds();
