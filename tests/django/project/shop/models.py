from django.db import models


class Order(models.Model):
    customer = models.CharField(max_length=50)
    told = models.BooleanField(default=False)

    def __str__(self):
        return f"Order {self.pk} of {self.customer}"
