// Lists what is alive, with its links.
const status = await (await fetch("/_terrarium/status")).json();
for (const resource of status.resources.filter((one) => one.reached_at.startsWith("http"))) {
  const link = Object.assign(document.createElement("a"), { href: resource.reached_at, textContent: resource.address });
  document.getElementById("links").append(document.createElement("li"));
  document.getElementById("links").lastElementChild.append(link);
}
