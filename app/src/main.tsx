import { render } from "preact";
import { App } from "./frame/App";

render(<App />, document.getElementById("app")!);
