// Filters the list of people as one types; without it the whole list stays.
const field = document.getElementById("find");
const rows = [...document.querySelectorAll("#people li")];
const words = (value) => value.toLowerCase().replaceAll("ё", "е");
field?.addEventListener("input", () => {
  const wanted = words(field.value.trim());
  for (const row of rows) row.hidden = !words(row.textContent).includes(wanted);
});
