DROP TABLE document_storage;
