import { startBehaviours } from "./core.js";
import { settleSent } from "./drafts.js";
import { flush } from "./outbox.js";

const [arrival] = performance.getEntriesByType("navigation");
settleSent(["reload", "back_forward"].includes(arrival?.type));
startBehaviours();
flush();
