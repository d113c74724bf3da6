"""The only code that knows both Airflow and the pipeline.

It turns Airflow connections into clients and engines and an Airflow run into a window and an as-of,
and hands them to `include`. `plugins/.airflowignore` keeps Airflow from executing these files under
their bare names.
"""
