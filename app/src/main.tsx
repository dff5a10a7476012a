import { render } from "preact";
import { App } from "./frame/App";
import { token } from "./server/api";
import { watchServer } from "./server/spaces";
import { start } from "./state/start";

token();
render(<App />, document.getElementById("app")!);
void start();
void watchServer();
