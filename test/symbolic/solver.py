"""Answers halmos's queries by cvc5, which takes bit vectors for integers: the solvers that halmos brings can't divide."""

import sys

import cvc5

solver = cvc5.Solver()
solver.setOption("solve-bv-as-int", "iand")
solver.setOption("produce-models", "true")
parser = cvc5.InputParser(solver)
parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])
symbols = parser.getSymbolManager()
answer = ""
while not (command := parser.nextCommand()).isNull():
    # There is a model to be shown for an answer of "sat" alone.
    if command.getCommandName() == "get-model" and not answer.startswith("sat"):
        continue
    output = str(command.invoke(solver, symbols))
    if command.getCommandName() == "check-sat":
        answer = output
    if output:
        print(output, end="")
