"use strict";

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  validatorUrl: null, // or it would send the document to a validator elsewhere
  defaultModelsExpandDepth: 0,
});
