"""What a statement rests on and where it departs from it: the parts that `qa.verify` weighs a sentence by."""
