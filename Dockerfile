# The image of every Airflow service: Airflow's own, with the product's pinned requirements and code.
FROM apache/airflow:3.3.2-python3.11

COPY requirements.txt /requirements.txt
RUN pip install --no-cache-dir -r /requirements.txt

COPY --chown=airflow:root dags /opt/airflow/dags
COPY --chown=airflow:root plugins /opt/airflow/plugins
COPY --chown=airflow:root include /opt/airflow/include

# Airflow puts dags/ and plugins/ on the path, but not the folder that holds include/.
ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins/crm_airflow/local_settings
