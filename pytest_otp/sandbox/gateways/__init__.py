"""The sender's side: APIs by which an application under test sends its SMS, one file each."""
