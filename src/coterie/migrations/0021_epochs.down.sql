DROP TABLE epochs;
