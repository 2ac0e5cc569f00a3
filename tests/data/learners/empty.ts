// 0 / 4: there is no variable client_id
