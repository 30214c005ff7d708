"""The pages behind the links of a mail: unsubscribing, and the preference centre. No login, cookie or script."""
