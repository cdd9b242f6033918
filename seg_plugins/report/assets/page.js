document.querySelectorAll("th button").forEach((button) => {
  button.addEventListener("click", () => {
    const head = button.parentNode;
    const table = head.closest("table");
    const body = table.tBodies[0];
    const up = head.getAttribute("aria-sort") === "descending";
    table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => {
      const cell = row.cells[head.cellIndex];
      if (cell.dataset.v === undefined) return cell.textContent.toLowerCase();
      return cell.dataset.v === "" ? null : parseFloat(cell.dataset.v);
    };
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
    };
    Array.from(body.rows).sort(compare).forEach((row) => body.appendChild(row));
  });
});
const large = document.createElement("dialog");
large.setAttribute("aria-label", "enlarged picture");
large.addEventListener("click", () => large.close());
document.body.appendChild(large);
document.querySelectorAll("figure img").forEach((image) => {
  image.tabIndex = 0;
  image.setAttribute("role", "button");
  const enlarge = () => {
    large.replaceChildren(image.cloneNode());
    large.showModal();
  };
  image.addEventListener("click", enlarge);
  image.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    enlarge();
  });
});
