# 0 / 4: Assign client_id below the task of this step: client_id = and
