"""The insights of one period, composed from stored facts and rendered for mail, web, chat, code."""
