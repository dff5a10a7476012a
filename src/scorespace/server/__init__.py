"""The app's server: loopback only, one route a verb, work in processes of its own.

    launch.py     what `scorespace app` does: sockets, token, browser, worker processes, uvicorn
    app.py        the ASGI application: routes, the page, answers and errors
    guard.py      token, Host, Origin, security headers; body.py reads bodies within their limits
    routes.py     the table of routes; arguments.py says what an argument may be. Validation and OpenAPI come from both
    workers.py    the server's side of a worker process; work.py the worker's side
    verbs.py, scores.py, spaces.py   functions that run in a worker

How to add a route that works in a worker process: write a function and one row in a table.

    # server/map.py; runs in the worker, which keeps `held` (its spaces) from job to job
    def lay_out(held: Held, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        space = held.space(arguments["space"])       # loaded once and kept; only names known at launch
        for done, count in ...:
            yield {"progress": done / count}         # one line of the stream: plain JSON values
        yield {"map": {...}}                         # the last line

    # server/routes.py
    Route("POST", "map", "Lays a corpus out.", "scorespace.server.map:lay_out", ARGUMENTS, worker=LONG, seconds=None)

- A client that sends `Accept: application/x-ndjson` gets every line as it is yielded, then {"done": true}, or a line
  {"error": {...}}. Another gets one JSON document: the last line (`gather=LAST`), or with `gather="take"` all values of
  that key, as {"takes": [...]}. A function may also return a dict, which is the whole answer, or a `work.File`.
- The arguments are validated before the function is called: unknown or mistyped ones never reach it. Scores come packed
  (`scorespace.server.scores.unpack` gives a Score or an InputError with the argument's name).
- When the client goes away, or sends DELETE v1/jobs/{id} (the id stands in the header X-Job of the answer),
  `work.Cancelled` (a KeyboardInterrupt) is raised in the function; one that does not end within half a second is
  ended with its process, which is started again. `finally` blocks must be quick.
- Raise ScorespaceError for what the user can mend; anything else is told as a defect.
- A route that does not work in a worker (a run that outlives its request, say) sets `function` to a coroutine function
  `async (server: Server, arguments) -> dict` and `worker=None`: `Server` has `registry` (known spaces), `workers` and
  `closing`, a list of async functions that are called when the server ends.
"""
