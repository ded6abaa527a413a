// Shows the description of the API; requests tried out there carry this page's CSRF token.
const place = document.getElementById("api");

SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  requestInterceptor: (request) => {
    const token = document.querySelector("input[name=csrf_token]");
    if (token) request.headers["X-CSRFToken"] = token.value;
    return request;
  },
});
