// The list of records.

import { watchMenu } from "./menu.js";

watchMenu();
