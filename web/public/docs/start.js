// Shows the server's own description of its REST API. A file of its own, since the page allows no inline script.
window.SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true });
