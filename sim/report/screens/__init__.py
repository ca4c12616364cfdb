"""What each verb prints: an answer in at most one screen of a terminal."""
