// The arrows of the house: core knows nobody, adapters know core/ports, only main.ts (with start/) and world/ compose.
// Each rule's comment says what to do instead.
const room = (name) => `^src/${name}/`;
const adapters = "^src/(demand|providers|journal|ownership|server|operator|telemetry)/";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "An import cycle. Move what both files need into a file of its own, or pass it in as a parameter.",
      from: {},
      to: { circular: true },
    },
    {
      name: "core-knows-nobody",
      severity: "error",
      comment: "core/ imports nothing outside itself. Declare a port in core/ports and let an adapter implement it.",
      from: { path: room("core"), pathNot: "\\.test\\.ts$" },
      to: { pathNot: room("core") },
    },
    {
      name: "engine-knows-core-only",
      severity: "error",
      comment: "engine/ imports core/ only. Ask for what you need through a port of core/ports.",
      from: { path: room("engine"), pathNot: "\\.test\\.ts$" },
      to: { pathNot: "^src/(engine|core)/" },
    },
    {
      name: "adapters-know-ports",
      severity: "error",
      comment:
        "An adapter imports core/ports and config types, never the engine, core's decisions or another adapter. Let main.ts hand it in.",
      from: { path: adapters, pathNot: "\\.test\\.ts$" },
      to: { path: "^src/(core/(?!ports/)|engine/|cli/|start/|world/|simulator/|main\\.ts)" },
    },
    {
      name: "adapters-do-not-know-each-other",
      severity: "error",
      comment:
        "One adapter imports another. Let main.ts hand it in behind a port, or move the shared piece to core/ports.",
      from: { path: "^src/(demand|providers|journal|ownership|server|operator|telemetry)/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^src/(demand|providers|journal|ownership|server|operator|telemetry)/",
        pathNot: "^src/$1/",
      },
    },
    {
      name: "one-provider-one-folder",
      severity: "error",
      comment:
        "One provider imports another. Each provider's folder stands alone; shared contracts live in core/ports.",
      from: { path: "^src/providers/([^/]+)/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/providers/", pathNot: "^src/providers/(?:$1|[^/]+\\.ts)" },
    },
    {
      name: "scale-set-stands-alone",
      severity: "error",
      comment:
        "scale-set/ is usable on its own and imports nothing of Drover. Take it as an option of the client instead.",
      from: { path: room("scale-set"), pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: room("scale-set") },
    },
    {
      name: "github-knows-ports-and-scale-set",
      severity: "error",
      comment: "github/ imports core/ports, config types and scale-set's token source only (docs/decisions/0002).",
      from: { path: room("github"), pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: "^src/(github|core/ports|config|scale-set)/" },
    },
    {
      name: "simulator-shares-nothing",
      severity: "error",
      comment:
        "simulator/ shares no code, constant or type with the rest: a misunderstanding must not cancel itself out. Write it again from the specification.",
      from: { path: room("simulator"), pathNot: "\\.test\\.ts$" },
      to: { path: "^src/", pathNot: room("simulator") },
    },
    {
      name: "nobody-imports-the-simulator",
      severity: "error",
      comment:
        "Only world/, cli/ and main.ts may start the simulator; everybody else meets it over HTTP or the transport port.",
      from: { path: "^src/", pathNot: "^src/(simulator|world|cli)/|^src/main\\.ts|\\.test\\.ts$" },
      to: { path: room("simulator") },
    },
    {
      name: "model-is-pure",
      severity: "error",
      comment:
        "simulator/github/model is one pure state machine: no I/O modules, fronts or faults. Hand results out as effects.",
      from: { path: "^src/simulator/github/model/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^src/simulator/(github/(http|in-process|api)|faults|runner)/|^(node:)?(fs|net|http|https|child_process|timers|worker_threads)",
      },
    },
    {
      name: "only-the-compositions-compose",
      severity: "error",
      comment: "main.ts (with start/) and world/ are the composition roots. Take what you need as a parameter.",
      from: { path: "^src/", pathNot: "^src/(world|cli|start)/|^src/main\\.ts|\\.test\\.ts$" },
      to: { path: "^src/(world|cli|start)/|^src/main\\.ts$" },
    },
    {
      name: "sources-do-not-import-tests",
      severity: "error",
      comment: "Production code imports a test file. Move the piece out of the test.",
      from: { pathNot: "\\.test\\.ts$|^test/" },
      to: { path: "\\.test\\.ts$|^test/" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
