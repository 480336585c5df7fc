// The page of an address that can't be shown: its menu.

import { watchMenu } from "./menu.js";

watchMenu();
