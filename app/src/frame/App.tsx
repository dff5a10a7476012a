export function App() {
  return <main><h1>Scorespace</h1></main>;
}
