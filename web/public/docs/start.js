// Shows the server's REST API document. A separate file, because the page allows no inline script.
window.SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true });
