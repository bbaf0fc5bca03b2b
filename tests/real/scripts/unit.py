"""Runs Python's own test modules in this one process and prints each test with its outcome.

What would start a thread or a process is skipped, so that both sides run the same tests. Arguments: modules; -NAME leaves out tests whose id contains NAME.
"""
import os
import random
import subprocess
import sys
import threading
import unittest

import test.support

random.seed(42)
test.support.verbose = 0  # at 1 modules print random data and addresses


def one_process_only(*args, **kwargs):
    raise unittest.SkipTest("one process only")


threading.Thread.start = one_process_only
subprocess.Popen.__init__ = one_process_only
subprocess.Popen.__del__ = lambda self: None
os.fork = os.system = os.posix_spawn = one_process_only


class Result(unittest.TestResult):
    def line(self, test, what):
        print(test.id() if hasattr(test, "id") else test, what)

    def addSuccess(self, test):
        self.line(test, "ok")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line(test, "skipped")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(test, "FAILED")

    def addError(self, test, err):
        super().addError(test, err)
        self.line(test, "ERROR: %s" % err[0].__name__)

    def addExpectedFailure(self, test, err):
        self.line(test, "fails as expected")


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


left_out = [a[1:] for a in sys.argv[1:] if a.startswith("-")]
modules = [a for a in sys.argv[1:] if not a.startswith("-")]
suite = unittest.defaultTestLoader.loadTestsFromNames(modules)
tests = [t for t in flatten(suite) if not any(n in t.id() for n in left_out)]
result = Result()
unittest.TestSuite(tests).run(result)
print(result.testsRun, "tests,", len(result.failures) + len(result.errors), "bad")
sys.exit(0 if result.wasSuccessful() else 1)
