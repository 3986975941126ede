"""What a link in a message leads to: title, description, picture. Asked for by who looks, never by who sends."""
